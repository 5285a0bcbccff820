"""Companies, contacts and employees from a file, and back into one: checked, shown, then imported whole or not at all."""
