import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    chunkSizeWarningLimit: 650, // kB before compression; tests/web holds the first view to 230 KB of gzip
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy allows files, not data: scripts or styles
    modulePreload: { polyfill: false }, // the polyfill fetches by itself; every browser we build for preloads
  },
});
