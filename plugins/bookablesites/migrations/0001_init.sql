CREATE TABLE "bookablesites_webhook" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "name" VARCHAR(255) NOT NULL,
    "event" VARCHAR(64) NOT NULL,
    "url" TEXT NOT NULL,
    "token" VARCHAR(255) NOT NULL,
    "active" $bool NOT NULL,
    "after_event" $bigint NOT NULL,
    "created_at" $bigint NOT NULL
);

CREATE UNIQUE INDEX "bookablesites_webhook_event" ON "bookablesites_webhook" ("event");

CREATE TABLE "bookablesites_delivery" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "name" VARCHAR(64) NOT NULL,
    "webhook_id" $bigint NOT NULL,
    "event" VARCHAR(64) NOT NULL,
    "body" TEXT NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "attempts" INTEGER NOT NULL,
    "not_before" $bigint NOT NULL,
    "leased_until" $bigint NOT NULL,
    "created_at" $bigint NOT NULL
);

CREATE UNIQUE INDEX "bookablesites_delivery_name" ON "bookablesites_delivery" ("name");

CREATE INDEX "bookablesites_delivery_webhook_id" ON "bookablesites_delivery" ("webhook_id");

CREATE INDEX "bookablesites_delivery_created_at" ON "bookablesites_delivery" ("created_at");

CREATE INDEX "bookablesites_delivery_status_not_before" ON "bookablesites_delivery" ("status", "not_before");

CREATE TABLE "bookablesites_attempt" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "delivery_id" $bigint NOT NULL,
    "webhook_id" $bigint NOT NULL,
    "at" $bigint NOT NULL,
    "code" INTEGER NOT NULL,
    "error" VARCHAR(255) NOT NULL,
    "milliseconds" INTEGER NOT NULL
);

CREATE INDEX "bookablesites_attempt_delivery_id" ON "bookablesites_attempt" ("delivery_id");

CREATE INDEX "bookablesites_attempt_webhook_id" ON "bookablesites_attempt" ("webhook_id");

