CREATE TABLE "credential" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "realm" VARCHAR(64) NOT NULL,
    "lookup" VARCHAR(255) NOT NULL,
    "secret" TEXT NOT NULL,
    "permissions" VARCHAR(255) NOT NULL,
    "user" VARCHAR(255) NOT NULL,
    "roles" TEXT NOT NULL,
    "label" VARCHAR(255) NOT NULL,
    "tail" VARCHAR(16) NOT NULL,
    "extras" TEXT NOT NULL,
    "created_at" $bigint NOT NULL,
    "last_used_at" $bigint,
    "expires_at" $bigint,
    "revoked_at" $bigint
);

CREATE UNIQUE INDEX "credential_realm_lookup" ON "credential" ("realm", "lookup");

CREATE TABLE "idempotent_reply" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "scope" VARCHAR(160) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "fingerprint" VARCHAR(64) NOT NULL,
    "token" VARCHAR(40) NOT NULL,
    "lease_ends" $bigint NOT NULL,
    "status" INTEGER NOT NULL,
    "headers" TEXT NOT NULL,
    "body" $bytes,
    "created_at" $bigint NOT NULL
);

CREATE INDEX "idempotent_reply_created_at" ON "idempotent_reply" ("created_at");

CREATE UNIQUE INDEX "idempotent_reply_scope_key" ON "idempotent_reply" ("scope", "key");

