ALTER TABLE "booking" ADD COLUMN "terms" TEXT NOT NULL DEFAULT '{}';

ALTER TABLE "booking_order" ADD COLUMN "follows" $bool NOT NULL DEFAULT $false;

ALTER TABLE "order_item" ADD COLUMN "stated" $bool NOT NULL DEFAULT $false;

UPDATE "booking_order" SET "follows" = $true WHERE "key" = '';

UPDATE "order_item" SET "stated" = $true WHERE "total" <> (SELECT COALESCE(SUM(b."total"), 0) FROM "booking" b
    WHERE b."order_item_id" = "order_item"."id")
