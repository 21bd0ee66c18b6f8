"""What a booking was bought with, orders that follow their bookings, and order lines with a stated total."""

from peewee import PostgresqlDatabase

from core.migrate import run_sql

_TERMS = """UPDATE "booking" SET "terms" = {object}(
    'package', (SELECT p."number" FROM "package_use" u JOIN "package_purchase" p ON p."id" = u."purchase_id"
        WHERE u."booking_id" = "booking"."id" ORDER BY u."id" LIMIT 1),
    'gift_card', (SELECT s."code" FROM "gift_card_use" u JOIN "gift_card_sold" s ON s."id" = u."sold_id"
        WHERE u."booking_id" = "booking"."id" ORDER BY u."id" LIMIT 1),
    'coupon', (SELECT {object}('code', c."code", 'value', {value}, 'type', c."discount_type", 'services', {services})
        FROM "coupon_use" u JOIN "coupon" c ON c."id" = u."coupon_id"
        WHERE u."booking_id" = "booking"."id" ORDER BY u."id" LIMIT 1)){as_text}
WHERE "id" IN (SELECT "booking_id" FROM "package_use" UNION SELECT "booking_id" FROM "gift_card_use"
    UNION SELECT "booking_id" FROM "coupon_use")"""
#: JSON functions, which the two databases name differently.
_SQLITE = {
    "object": "json_object",
    "value": 'printf(\'%d.%06d\', c."discount" / 1000000, c."discount" % 1000000)',
    "services": 'json(c."services")',
    "as_text": "",
}
_POSTGRES = {
    "object": "json_build_object",
    "value": '(c."discount"::numeric / 1000000)::text',
    "services": 'c."services"::json',
    "as_text": "::text",
}


def up(migrator, db):
    run_sql(db, __file__)
    db.execute_sql(_TERMS.format(**(_POSTGRES if isinstance(db, PostgresqlDatabase) else _SQLITE)))
