-- Merge the laboratory branch
--
-- revision: 20260427150000
-- revises: 20260422112000, 20260420084500

-- Nothing to change: the two lines of work touch different tables.
