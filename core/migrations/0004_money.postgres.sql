ALTER TABLE "booking" ADD COLUMN "terms" TEXT NOT NULL DEFAULT '{}';

ALTER TABLE "booking_order" ADD COLUMN "follows" BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE "order_item" ADD COLUMN "stated" BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE "booking" SET "terms" = json_build_object(
    'package', (SELECT p."number" FROM "package_use" u JOIN "package_purchase" p ON p."id" = u."purchase_id"
        WHERE u."booking_id" = "booking"."id" ORDER BY u."id" LIMIT 1),
    'gift_card', (SELECT s."code" FROM "gift_card_use" u JOIN "gift_card_sold" s ON s."id" = u."sold_id"
        WHERE u."booking_id" = "booking"."id" ORDER BY u."id" LIMIT 1),
    'coupon', (SELECT json_build_object('code', c."code", 'value', (c."discount"::numeric / 1000000)::text,
            'type', c."discount_type", 'services', c."services"::json)
        FROM "coupon_use" u JOIN "coupon" c ON c."id" = u."coupon_id"
        WHERE u."booking_id" = "booking"."id" ORDER BY u."id" LIMIT 1))::text
WHERE "id" IN (SELECT "booking_id" FROM "package_use" UNION SELECT "booking_id" FROM "gift_card_use"
    UNION SELECT "booking_id" FROM "coupon_use");

UPDATE "booking_order" SET "follows" = TRUE WHERE "key" = '';

UPDATE "order_item" SET "stated" = TRUE WHERE "total" <> (SELECT COALESCE(SUM(b."total"), 0) FROM "booking" b
    WHERE b."order_item_id" = "order_item"."id")
