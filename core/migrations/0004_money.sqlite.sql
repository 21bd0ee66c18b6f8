ALTER TABLE "booking" ADD COLUMN "terms" TEXT NOT NULL DEFAULT '{}';

ALTER TABLE "booking_order" ADD COLUMN "follows" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE "order_item" ADD COLUMN "stated" INTEGER NOT NULL DEFAULT 0;

UPDATE "booking" SET "terms" = json_object(
    'package', (SELECT p."number" FROM "package_use" u JOIN "package_purchase" p ON p."id" = u."purchase_id"
        WHERE u."booking_id" = "booking"."id" ORDER BY u."id" LIMIT 1),
    'gift_card', (SELECT s."code" FROM "gift_card_use" u JOIN "gift_card_sold" s ON s."id" = u."sold_id"
        WHERE u."booking_id" = "booking"."id" ORDER BY u."id" LIMIT 1),
    'coupon', (SELECT json_object('code', c."code", 'value', printf('%d.%06d', c."discount" / 1000000,
            c."discount" % 1000000), 'type', c."discount_type", 'services', json(c."services"))
        FROM "coupon_use" u JOIN "coupon" c ON c."id" = u."coupon_id"
        WHERE u."booking_id" = "booking"."id" ORDER BY u."id" LIMIT 1))
WHERE "id" IN (SELECT "booking_id" FROM "package_use" UNION SELECT "booking_id" FROM "gift_card_use"
    UNION SELECT "booking_id" FROM "coupon_use");

UPDATE "booking_order" SET "follows" = 1 WHERE "key" = '';

UPDATE "order_item" SET "stated" = 1 WHERE "total" <> (SELECT COALESCE(SUM(b."total"), 0) FROM "booking" b
    WHERE b."order_item_id" = "order_item"."id")
