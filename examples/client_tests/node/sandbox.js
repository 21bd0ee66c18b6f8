// Starts `frontdesk sandbox` and speaks to its control API. Copy this file; there is no package to install.
"use strict";

const { spawn } = require("node:child_process");
const readline = require("node:readline");

class Sandbox {
  /** Starts a sandbox; FRONTDESK names the command where it is not on the path. */
  static async start(...options) {
    const [command, ...words] = (process.env.FRONTDESK || "frontdesk").split(" ");
    const child = spawn(command, [...words, "sandbox", "--json", ...options], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of readline.createInterface({ input: child.stdout })) {
      return new Sandbox(child, JSON.parse(line));
    }
    throw new Error("the sandbox did not start");
  }

  constructor(child, ready) {
    this.child = child;
    this.url = ready.url;
    this.dialects = ready.dialects;
    this.services = ready.services;
  }

  /** Calls the control API: `control("PUT", "/clock", { advance: "2h" })`. */
  async control(method, path, body) {
    const reply = await fetch(`${this.url}/_sandbox${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await reply.json();
    if (!reply.ok) throw new Error(answer.error);
    return answer;
  }

  reset() {
    return this.control("POST", "/reset");
  }

  advance(distance) {
    return this.control("PUT", "/clock", { advance: distance });
  }

  fail(kind, which = {}) {
    return this.control("POST", "/faults", { kind, ...which });
  }

  /** How many calls there were: `called({ method: "POST", path: "*" + "/bookings" })`. */
  async called(question) {
    return (await this.control("GET", `/journal?${new URLSearchParams(question)}`)).count;
  }

  stop() {
    return new Promise((resolve) => {
      this.child.once("exit", resolve);
      this.child.kill("SIGINT");
    });
  }
}

module.exports = { Sandbox };
