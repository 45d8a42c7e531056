"""The console: pages for marketing operations and sales at the service's own address (docs/console.md)."""
