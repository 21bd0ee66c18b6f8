// node --test
"use strict";

const assert = require("node:assert");
const { after, before, beforeEach, test } = require("node:test");
const { Sandbox } = require("./sandbox.js");

let sandbox;

before(async () => {
  sandbox = await Sandbox.start("--dialect", "bookablesites", "--now", "2026-03-02T10:00:00Z");
});
after(() => sandbox.stop());
beforeEach(() => sandbox.reset());

/** The client under test: signs in, books, and waits out a rate limit once. */
class Salon {
  constructor({ url, dialects }, wait) {
    Object.assign(this, { url, keys: dialects.bookablesites, wait });
  }

  async send(method, path, body) {
    const request = () =>
      fetch(this.url + path, {
        method,
        headers: { "Content-Type": "application/json", ...(this.token && { Authorization: `Bearer ${this.token}` }) },
        body: body && JSON.stringify(body),
      });
    let reply = await request();
    if (reply.status === 429) {
      await this.wait(Number(reply.headers.get("Retry-After")));
      reply = await request();
    }
    if (!reply.ok) throw Object.assign(new Error((await reply.json()).message), { status: reply.status });
    return reply.json();
  }

  async signIn() {
    const { client_id, client_secret } = this.keys;
    this.token = (await this.send("POST", "/auth/token", { client_id, client_secret, grant_type: "client_credentials" })).access_token;
    return this;
  }

  book(time) {
    const customer = { first_name: "Ada", last_name: "Demo", email: "ada@example.com" };
    return this.send("POST", "/api/v1/bookings", { service: sandbox.services.Haircut, date: "2026-03-11", time, customer });
  }
}

const salon = () => new Salon(sandbox, (seconds) => sandbox.advance(seconds)).signIn();

test("a booking is made", async () => {
  const booking = await (await salon()).book("11:00");
  assert.strictEqual(booking.status, "approved");
  assert.strictEqual(await sandbox.called({ method: "POST", path: "*/bookings" }), 1);
});

test("somebody else may be quicker", async () => {
  const client = await salon();
  await sandbox.fail("full");
  await assert.rejects(client.book("11:00"), { status: 409 });
});

test("a rate limit is waited out", async () => {
  const client = await salon();
  await sandbox.fail("rate_limited", { times: 1, retry_after: 20 });
  await client.book("11:00");
  assert.strictEqual((await sandbox.control("GET", "/clock")).now, "2026-03-02T10:00:20Z");
});

test("a cut connection is an error", async () => {
  const client = await salon();
  await sandbox.fail("cut", { path: "*/bookings" });
  await assert.rejects(client.book("11:00"), TypeError);
});

test("an expired token is refused", async () => {
  const client = await salon();
  await sandbox.advance("2h");
  await assert.rejects(client.book("11:00"), { status: 401 });
});
