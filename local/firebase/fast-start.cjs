// Loaded before firebase-tools. The Auth emulator compiles a validator for each operation of its API, and optimising
// the generated code of those validators is half of the emulators' start (measured: 17.7 s of CPU against 9.9 s with
// firebase-tools 15.34 on a busy machine). They validate the same without it; they are used too rarely for it to pay.
const { createRequire } = require("node:module");

const fromExegesis = createRequire(require.resolve("exegesis/package.json"));
fromExegesis("ajv/dist/compile/codegen").CodeGen.prototype.optimize = () => {};
