"""Reports over time: sums and lists of what people tracked, answered from columns."""
