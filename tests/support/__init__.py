"""What several tests share and no fixture holds."""
