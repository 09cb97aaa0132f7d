"""trace messages → ways of single frames → waterfall, JSON, OpenTelemetry: `runtime trace`."""
