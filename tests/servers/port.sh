# To be sourced: free_port prints a port of the loopback that nobody listens on, of the system's
# choice. Wants Node.
free_port() {
	node -e 'const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}
