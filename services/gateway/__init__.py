"""HTTP in, answers out: routes, schemas, keys and problems; every decision lies in a flow."""
