import { expect, test } from "vitest";
import { ConfigError, loadConfig, toConfig } from "./config";
import { toFeedError } from "./errors";

const ADMIN = { role: "admin", email: "admin@quicktest.local", password: "local-only" };
const EMULATORS = { firestore: "127.0.0.1:8701", auth: "127.0.0.1:8761" };
const LOCAL = { projectId: "demo-x", apiKey: "k", emulators: EMULATORS, accounts: [ADMIN] };

test("a local and a deployed configuration", () => {
  expect(toConfig(LOCAL).emulators?.auth).toBe("127.0.0.1:8761");
  expect(toConfig(LOCAL).accounts).toEqual([ADMIN]);
  const deployed = toConfig({ projectId: "shop", apiKey: "k", accounts: [ADMIN] });
  expect(deployed).toMatchObject({ emulators: null, accounts: [], mlflow: null, authDomain: "shop.firebaseapp.com" });
});

test.each([
  [null],
  [{}],
  [{ projectId: "x" }],
  [{ ...LOCAL, emulators: {} }],
  [{ ...LOCAL, emulators: null }],
  [{ ...LOCAL, accounts: undefined }],
  [{ ...LOCAL, accounts: [{ ...ADMIN, role: "owner" }] }],
])("%j is refused", (data) => expect(() => toConfig(data)).toThrow(ConfigError));

test("a missing configuration says what to do", async () => {
  const missing = async () => new Response("", { status: 404 });
  await expect(loadConfig(missing)).rejects.toThrow("/config.json answered 404. Deploy it beside the page.");
});

test("errors are sorted by what a person can do", () => {
  const coded = (code: string) => Object.assign(new Error("m"), { code });
  expect(toFeedError(coded("permission-denied")).kind).toBe("permission");
  expect(toFeedError(coded("unavailable")).kind).toBe("connection");
  expect(toFeedError(coded("auth/network-request-failed")).kind).toBe("connection");
  expect(toFeedError(new Error("m"))).toEqual({ kind: "other", message: "m" });
  expect(toFeedError("odd")).toEqual({ kind: "other", message: "odd" });
});
