CREATE TABLE "tombstone" (
    "kind" VARCHAR(32) NOT NULL,
    "subject_id" $bigint NOT NULL,
    PRIMARY KEY ("kind", "subject_id")
);

CREATE TABLE "booking_total" (
    "status" VARCHAR(20) NOT NULL PRIMARY KEY,
    "n" $bigint NOT NULL
);

ALTER TABLE "booking" ADD COLUMN "shared_places" $bool NOT NULL DEFAULT $false;
