CREATE TABLE "session_tally" (
    "service_id" $bigint NOT NULL,
    "statuses" INTEGER NOT NULL,
    "n" $bigint NOT NULL,
    PRIMARY KEY ("service_id", "statuses")
);
