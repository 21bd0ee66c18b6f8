// What an integrator does with the official JavaScript client; prints what came back.
const Api = require("@woocommerce/woocommerce-rest-api").default;
const facts = JSON.parse(process.argv[2]);
const client = (key, secret) =>
  new Api({
    url: facts.url,
    consumerKey: key.consumer_key,
    consumerSecret: secret || key.consumer_secret,
    version: "wc-bookings/v1",
  });
const status = (promise) => promise.then((r) => r.status, (e) => e.response.status);

(async () => {
  const api = client(facts.full);
  const made = await api.post("bookings", {
    product_id: facts.product,
    start: facts.start,
    end: facts.start + 3600,
    status: "confirmed",
  });
  const id = made.data.id;
  const read = await api.get(`bookings/${id}`);
  const updated = await api.put(`bookings/${id}`, { status: "paid" });
  const batch = await api.post("bookings/batch", { update: [{ id, note: "x" }] });
  const list = await api.get("products", { per_page: 1 });
  const slots = await api.get("products/slots", { product_ids: String(facts.product) });
  const out = {
    created: made.status,
    read: read.data.start,
    updated: updated.data.status,
    batch: batch.data.update.length,
    next: /rel="next"/.test(list.headers.link),
    slots: Array.isArray(slots.data.records),
    wrong: await status(client(facts.full, "cs_wrong").get("bookings")),
    reader: await status(client(facts.reader).post("bookings", {})),
    deleted: (await api.delete(`bookings/${id}`, { force: true })).status,
  };
  console.log(JSON.stringify(out));
})().catch((error) => {
  console.error(error.response ? error.response.data : error);
  process.exit(1);
});
