"""What pages say of the API's answers (view models): words and labels, uptime, rows, timelines. Knows no HTTP."""
