-- Undo: Merge the laboratory branch

-- Nothing to change: both lines of work stay as they are.
