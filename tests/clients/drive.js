// Drives one official client library: a call per line in, its reply per line out.
//   node drive.js rest|legacy '{"url", "key", "secret", "path", "basic", "query"}'
"use strict";

const readline = require("node:readline");

const [library, text] = process.argv.slice(2);
const settings = JSON.parse(text);
const common = { url: settings.url, consumerKey: settings.key, consumerSecret: settings.secret };

// The libraries send a login or a query pair only where they believe to speak HTTPS; else they sign.
function rest() {
  const WooCommerceRestApi = require("@woocommerce/woocommerce-rest-api").default;
  const api = new WooCommerceRestApi({ ...common, version: settings.path, queryStringAuth: settings.query });
  api.isHttps = settings.basic || settings.query;
  return async ({ method, endpoint, params, body }) => {
    const words = body === null ? [endpoint, params] : [endpoint, body, params];
    const reply = await api[method](...words).catch((error) => {
      if (!error.response) throw error;
      return error.response;
    });
    return { status: reply.status, headers: reply.headers, body: reply.data };
  };
}

// This one takes no parameters beside the endpoint: its users write them behind it.
function legacy() {
  const WooCommerceAPI = require("woocommerce-api");
  const [wpAPI, version] = settings.path.startsWith("wc-") ? [true, settings.path] : [false, "v3"];
  const api = new WooCommerceAPI({ ...common, wpAPI, version, queryStringAuth: settings.query });
  api.isSsl = settings.basic || settings.query;
  return async ({ method, endpoint, params, body }) => {
    const query = new URLSearchParams(params).toString();
    const words = [query ? `${endpoint}?${query}` : endpoint, ...(body === null ? [] : [body])];
    const reply = await api[`${method}Async`](...words);
    return { status: reply.statusCode, headers: reply.headers, body: JSON.parse(reply.body) };
  };
}

async function main() {
  const call = { rest, legacy }[library]();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await call(JSON.parse(line))));
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
