"""Files with tables: CSV read and written, workbooks turned into CSV."""
