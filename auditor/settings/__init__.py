"""What the user gave, validated: options, environment, file, defaults. Pure: texts in, values out."""
