CREATE TABLE "sample" (
    "span" SMALLINT NOT NULL,
    "at" $bigint NOT NULL,
    "source" VARCHAR(16) NOT NULL,
    "data" TEXT NOT NULL,
    PRIMARY KEY ("span", "at", "source")
);
