import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The built console travels inside the Python package and is served under /console/.
export default defineConfig({
  base: "/console/",
  plugins: [react()],
  build: {
    outDir: "../src/portside/console/app",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
  server: {
    host: "127.0.0.1",
    proxy: { "^/$": { target: "http://127.0.0.1:5000", bypass: (request) => (request.method === "POST" ? undefined : request.url) }, "/console/session": "http://127.0.0.1:5000" },
  },
});
