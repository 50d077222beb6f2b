"""What is drawn on the server as SVG: bars, sparklines, waterfalls, the response-time chart, QR codes."""
