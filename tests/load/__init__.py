"""Long load on a real server; only what must hold on any machine is asserted, never a time."""
