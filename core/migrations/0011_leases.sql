ALTER TABLE "dispatch" ADD COLUMN "leased_until" $bigint NOT NULL DEFAULT 0;

ALTER TABLE "dispatch" ADD COLUMN "leased_by" VARCHAR(40) NOT NULL DEFAULT '';

CREATE TABLE "store_probe" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "at" $bigint NOT NULL
);
