"""When a monitor is due and whose turn it is: slots, leases of due checks, fair shares, dispatch, maintenance windows."""
