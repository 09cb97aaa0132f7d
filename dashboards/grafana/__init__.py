"""Metrics → Prometheus → panels: the dashboards of Grafana, as code; their JSON is committed beside it."""
