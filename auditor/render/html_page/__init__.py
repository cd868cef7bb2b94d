"""The parts of the HTML page: what it says, in the order in which it is read, and how it looks."""
