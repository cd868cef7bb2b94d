"""The history: what each run found, in one file, so that it can be seen how figures moved."""
