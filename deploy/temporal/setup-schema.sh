#!/bin/sh
# Makes the databases of Temporal in PostgreSQL, or brings them to the version of the server. Does no harm when it is
# done again. SQL_HOST, SQL_USER and SQL_PASSWORD are read by temporal-sql-tool itself.
set -eu
schema=/etc/temporal/schema/postgresql/v12
for database in temporal temporal_visibility; do
  case $database in
    temporal) versions=$schema/temporal/versioned ;;
    *) versions=$schema/visibility/versioned ;;
  esac
  temporal-sql-tool --plugin postgres12 --port 5432 --database "$database" create
  temporal-sql-tool --plugin postgres12 --port 5432 --database "$database" setup-schema --version 0.0
  temporal-sql-tool --plugin postgres12 --port 5432 --database "$database" update-schema --schema-dir "$versions"
done
