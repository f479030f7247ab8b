"""What the customer takes home: pure functions from a view to a PDF."""
