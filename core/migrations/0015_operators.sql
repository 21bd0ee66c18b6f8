CREATE TABLE "operator" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "name" VARCHAR(64) NOT NULL,
    "password" TEXT NOT NULL,
    "role" VARCHAR(16) NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "locked_until" $bigint NOT NULL DEFAULT 0,
    "created_at" $bigint NOT NULL,
    "signed_in_at" $bigint
);

CREATE UNIQUE INDEX "operator_name" ON "operator" ("name");

CREATE TABLE "operator_session" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "digest" VARCHAR(64) NOT NULL,
    "operator_id" $bigint NOT NULL,
    "created_at" $bigint NOT NULL,
    "seen_at" $bigint NOT NULL,
    "expires_at" $bigint NOT NULL
);

CREATE UNIQUE INDEX "operator_session_digest" ON "operator_session" ("digest");

CREATE INDEX "operator_session_operator_id" ON "operator_session" ("operator_id");

CREATE TABLE "signing_key" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "secret" VARCHAR(64) NOT NULL,
    "created_at" $bigint NOT NULL
);

ALTER TABLE "event" ADD COLUMN "actor" VARCHAR(120) NOT NULL DEFAULT '';

ALTER TABLE "event" ADD COLUMN "reason" VARCHAR(500) NOT NULL DEFAULT '';

CREATE INDEX "event_actor_id" ON "event" ("actor", "id");
