CREATE TABLE "setting" (
    "plugin" VARCHAR(40) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "value" TEXT NOT NULL,
    "changed_at" $bigint NOT NULL,
    "changed_by" VARCHAR(255) NOT NULL,
    PRIMARY KEY ("plugin", "key")
);

CREATE TABLE "setting_version" (
    "id" SMALLINT NOT NULL PRIMARY KEY,
    "version" $bigint NOT NULL
);
