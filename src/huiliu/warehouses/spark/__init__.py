"""Apache Spark as the warehouse: Parquet files, their manifest in PostgreSQL, and a session."""
