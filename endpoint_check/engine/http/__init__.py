"""One HTTP exchange over libcurl: the request, the answer and its body, redirects, phases of the time."""
