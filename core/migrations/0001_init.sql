CREATE TABLE "id_sequence" (
    "id" $smallint NOT NULL PRIMARY KEY,
    "last" $bigint NOT NULL
);

CREATE TABLE "site_state" (
    "id" $smallint NOT NULL PRIMARY KEY,
    "rules" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "extras" TEXT NOT NULL
);

CREATE TABLE "category" (
    "id" $serial NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "slug" VARCHAR(255) NOT NULL,
    "parent_id" INTEGER NOT NULL,
    "description" TEXT NOT NULL,
    "position" INTEGER NOT NULL
);

CREATE INDEX "category_slug" ON "category" ("slug");

CREATE INDEX "category_parent_id" ON "category" ("parent_id");

CREATE TABLE "location" (
    "id" $serial NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "address" TEXT NOT NULL,
    "phone" VARCHAR(63) NOT NULL,
    "description" TEXT NOT NULL,
    "zone" VARCHAR(64) NOT NULL,
    "position" INTEGER NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "rules" TEXT NOT NULL
);

CREATE TABLE "customer" (
    "id" $serial NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "first_name" VARCHAR(255) NOT NULL,
    "last_name" VARCHAR(255) NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "email_key" VARCHAR(255) NOT NULL,
    "phone" VARCHAR(63) NOT NULL,
    "username" VARCHAR(255) NOT NULL,
    "roles" TEXT NOT NULL,
    "note" TEXT NOT NULL
);

CREATE INDEX "customer_email_key" ON "customer" ("email_key");

CREATE TABLE "service" (
    "id" $bigint NOT NULL PRIMARY KEY,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "slug" VARCHAR(255) NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "bookable" $bool NOT NULL,
    "kind" VARCHAR(40) NOT NULL,
    "description" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "sku" VARCHAR(100) NOT NULL,
    "price" $bigint NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "plan" TEXT NOT NULL,
    "price_plan" TEXT NOT NULL,
    "rules" TEXT NOT NULL,
    "locations" TEXT NOT NULL,
    "zone" VARCHAR(64) NOT NULL,
    "position" INTEGER NOT NULL,
    "created_at" $bigint NOT NULL
);

CREATE INDEX "service_slug" ON "service" ("slug");

CREATE INDEX "service_created_at" ON "service" ("created_at");

CREATE INDEX "service_status_created_at" ON "service" ("status", "created_at");

CREATE TABLE "service_category" (
    "service_id" $bigint NOT NULL,
    "category_id" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    PRIMARY KEY ("service_id", "category_id")
);

CREATE INDEX "service_category_category_id" ON "service_category" ("category_id");

CREATE TABLE "variant" (
    "id" $bigint NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "service_id" $bigint NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "price" $bigint NOT NULL,
    "position" INTEGER NOT NULL
);

CREATE INDEX "variant_service_id" ON "variant" ("service_id");

CREATE TABLE "person_type" (
    "id" $bigint NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "service_id" $bigint NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "description" TEXT NOT NULL,
    "minimum" INTEGER NOT NULL,
    "maximum" INTEGER NOT NULL,
    "base_cost" $bigint NOT NULL,
    "block_cost" $bigint NOT NULL,
    "position" INTEGER NOT NULL
);

CREATE INDEX "person_type_service_id" ON "person_type" ("service_id");

CREATE TABLE "extra" (
    "id" $serial NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "service_id" $bigint NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "price" $bigint NOT NULL,
    "minutes" INTEGER NOT NULL,
    "max_quantity" INTEGER NOT NULL,
    "position" INTEGER NOT NULL
);

CREATE INDEX "extra_service_id" ON "extra" ("service_id");

CREATE TABLE "resource" (
    "id" $bigint NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "first_name" VARCHAR(255) NOT NULL,
    "last_name" VARCHAR(255) NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "email_key" VARCHAR(255) NOT NULL,
    "phone" VARCHAR(63) NOT NULL,
    "description" TEXT NOT NULL,
    "capacity" INTEGER,
    "sharing" VARCHAR(10) NOT NULL,
    "rules" TEXT NOT NULL,
    "zone" VARCHAR(64) NOT NULL,
    "location_id" INTEGER NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "position" INTEGER NOT NULL
);

CREATE INDEX "resource_email_key" ON "resource" ("email_key");

CREATE TABLE "service_resource" (
    "service_id" $bigint NOT NULL,
    "resource_id" $bigint NOT NULL,
    "position" INTEGER NOT NULL,
    "base_cost" $bigint,
    "block_cost" $bigint,
    "price" $bigint,
    "capacity" INTEGER,
    "min_capacity" INTEGER,
    "extras" TEXT NOT NULL,
    PRIMARY KEY ("service_id", "resource_id")
);

CREATE INDEX "service_resource_resource_id" ON "service_resource" ("resource_id");

CREATE TABLE "booking_order" (
    "id" $bigint NOT NULL PRIMARY KEY,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "number" VARCHAR(40) NOT NULL,
    "key" VARCHAR(64) NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "total" $bigint NOT NULL,
    "created_at" $bigint NOT NULL
);

CREATE INDEX "booking_order_customer_id" ON "booking_order" ("customer_id");

CREATE INDEX "booking_order_created_at" ON "booking_order" ("created_at");

CREATE TABLE "order_item" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "order_id" $bigint NOT NULL,
    "service_id" $bigint NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "quantity" INTEGER NOT NULL,
    "total" $bigint NOT NULL,
    "extras" TEXT NOT NULL
);

CREATE INDEX "order_item_order_id" ON "order_item" ("order_id");

CREATE TABLE "booking" (
    "id" $bigint NOT NULL PRIMARY KEY,
    "session_id" $bigint NOT NULL,
    "group_id" VARCHAR(40) NOT NULL,
    "service_id" $bigint NOT NULL,
    "variant_id" $bigint NOT NULL,
    "resource_id" $bigint NOT NULL,
    "location_id" INTEGER NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "order_id" $bigint NOT NULL,
    "order_item_id" $bigint NOT NULL,
    "parent_id" $bigint NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "start" $bigint NOT NULL,
    "end" $bigint NOT NULL,
    "wall_start" $bigint NOT NULL,
    "wall_end" $bigint NOT NULL,
    "zone" VARCHAR(64) NOT NULL,
    "all_day" $bool NOT NULL,
    "blocks" INTEGER NOT NULL,
    "quantity" INTEGER NOT NULL,
    "persons" INTEGER NOT NULL,
    "person_counts" TEXT NOT NULL,
    "extras_chosen" TEXT NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "total" $bigint NOT NULL,
    "quote" TEXT NOT NULL,
    "coupon_code" VARCHAR(255) NOT NULL,
    "note" TEXT NOT NULL,
    "snapshot" TEXT NOT NULL,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "cancelled_at" $bigint,
    "expires_at" $bigint,
    "version" INTEGER NOT NULL,
    "extras" TEXT NOT NULL
);

CREATE INDEX "booking_group_id" ON "booking" ("group_id");

CREATE INDEX "booking_resource_id" ON "booking" ("resource_id");

CREATE INDEX "booking_customer_id" ON "booking" ("customer_id");

CREATE INDEX "booking_order_id" ON "booking" ("order_id");

CREATE INDEX "booking_created_at_id_status" ON "booking" ("created_at", "id", "status");

CREATE INDEX "booking_status_created_at_id" ON "booking" ("status", "created_at", "id");

CREATE INDEX "booking_service_id_created_at_id_status" ON "booking" ("service_id", "created_at", "id", "status");

CREATE INDEX "booking_start_status" ON "booking" ("start", "status");

CREATE INDEX "booking_session_id_id_status" ON "booking" ("session_id", "id", "status");

CREATE INDEX "booking_service_id_start" ON "booking" ("service_id", "start");

CREATE INDEX "booking_joined" ON "booking" ("session_id") WHERE ("session_id" != "id");

CREATE TABLE "booking_tally" (
    "service_id" $bigint NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "n" $bigint NOT NULL,
    PRIMARY KEY ("service_id", "status")
);

CREATE TABLE "claim" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "booking_id" $bigint NOT NULL,
    "subject_kind" VARCHAR(32) NOT NULL,
    "subject_id" $bigint NOT NULL,
    "span_class" INTEGER NOT NULL,
    "reach_start" $bigint NOT NULL,
    "start" $bigint NOT NULL,
    "end" $bigint NOT NULL,
    "before" INTEGER NOT NULL,
    "after" INTEGER NOT NULL,
    "units" INTEGER NOT NULL,
    "capacity" INTEGER NOT NULL,
    "exclusive" $bool NOT NULL,
    "session" VARCHAR(80) NOT NULL,
    "overbooked" $bool NOT NULL,
    "expires_at" $bigint
);

CREATE INDEX "claim_booking_id" ON "claim" ("booking_id");

CREATE INDEX "claim_subject_kind_subject_id_span_class_reach_start" ON "claim" ("subject_kind", "subject_id", "span_class", "reach_start");

CREATE TABLE "event" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "kind" VARCHAR(40) NOT NULL,
    "subject_kind" VARCHAR(16) NOT NULL,
    "subject_id" $bigint NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "at" $bigint NOT NULL,
    "data" TEXT NOT NULL
);

CREATE INDEX "event_at" ON "event" ("at");

CREATE INDEX "event_subject_kind_subject_id" ON "event" ("subject_kind", "subject_id");

CREATE INDEX "event_kind_id" ON "event" ("kind", "id");

CREATE TABLE "dispatch" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "event_id" $bigint NOT NULL,
    "consumer" VARCHAR(64) NOT NULL,
    "attempts" INTEGER NOT NULL,
    "not_before" $bigint NOT NULL
);

CREATE INDEX "dispatch_event_id" ON "dispatch" ("event_id");

CREATE INDEX "dispatch_consumer_not_before_id" ON "dispatch" ("consumer", "not_before", "id");

CREATE TABLE "payment" (
    "id" $serial NOT NULL PRIMARY KEY,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "booking_id" $bigint NOT NULL,
    "order_id" $bigint NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "gateway" VARCHAR(40) NOT NULL,
    "transaction_id" VARCHAR(255) NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "amount" $bigint NOT NULL,
    "paid" $bigint NOT NULL,
    "due" $bigint NOT NULL,
    "created_at" $bigint NOT NULL
);

CREATE INDEX "payment_booking_id" ON "payment" ("booking_id");

CREATE INDEX "payment_customer_id" ON "payment" ("customer_id");

CREATE INDEX "payment_created_at" ON "payment" ("created_at");

CREATE TABLE "coupon" (
    "id" $serial NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "code" VARCHAR(255) NOT NULL,
    "code_key" VARCHAR(255) NOT NULL,
    "title" VARCHAR(255) NOT NULL,
    "discount_type" VARCHAR(12) NOT NULL,
    "discount" $bigint NOT NULL,
    "starts_on" VARCHAR(10) NOT NULL,
    "ends_on" VARCHAR(10) NOT NULL,
    "services" TEXT NOT NULL,
    "max_uses" INTEGER,
    "max_uses_per_customer" INTEGER,
    "max_bookings_per_group" INTEGER,
    "used" INTEGER NOT NULL,
    "returns" $bool NOT NULL,
    "status" VARCHAR(20) NOT NULL
);

CREATE UNIQUE INDEX "coupon_code_key" ON "coupon" ("code_key");

CREATE TABLE "coupon_use" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "coupon_id" INTEGER NOT NULL,
    "booking_id" $bigint NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "active" $bool NOT NULL
);

CREATE INDEX "coupon_use_booking_id" ON "coupon_use" ("booking_id");

CREATE INDEX "coupon_use_coupon_id_active" ON "coupon_use" ("coupon_id", "active");

CREATE TABLE "package" (
    "id" $serial NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "description" TEXT NOT NULL,
    "price" $bigint NOT NULL,
    "valid_for" INTEGER NOT NULL,
    "valid_unit" VARCHAR(1) NOT NULL,
    "purchase_limit" INTEGER NOT NULL,
    "services" TEXT NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "position" INTEGER NOT NULL
);

CREATE TABLE "package_purchase" (
    "id" $serial NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "number" VARCHAR(40) NOT NULL,
    "package_id" INTEGER NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "services" TEXT NOT NULL,
    "purchased_on" VARCHAR(10) NOT NULL,
    "expires_on" VARCHAR(10) NOT NULL,
    "paid" $bigint NOT NULL
);

CREATE UNIQUE INDEX "package_purchase_number" ON "package_purchase" ("number");

CREATE INDEX "package_purchase_package_id" ON "package_purchase" ("package_id");

CREATE INDEX "package_purchase_customer_id" ON "package_purchase" ("customer_id");

CREATE TABLE "package_use" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "purchase_id" INTEGER NOT NULL,
    "booking_id" $bigint NOT NULL,
    "service_id" $bigint NOT NULL,
    "units" INTEGER NOT NULL,
    "active" $bool NOT NULL
);

CREATE INDEX "package_use_purchase_id" ON "package_use" ("purchase_id");

CREATE INDEX "package_use_booking_id" ON "package_use" ("booking_id");

CREATE TABLE "gift_card" (
    "id" $serial NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "title" VARCHAR(255) NOT NULL,
    "price" $bigint NOT NULL,
    "value" $bigint NOT NULL,
    "expiry" VARCHAR(10) NOT NULL,
    "valid_for" INTEGER NOT NULL,
    "valid_unit" VARCHAR(1) NOT NULL,
    "services" TEXT NOT NULL,
    "resources" TEXT NOT NULL,
    "status" VARCHAR(20) NOT NULL
);

CREATE TABLE "gift_card_sold" (
    "id" $serial NOT NULL PRIMARY KEY,
    "created_at" $bigint NOT NULL,
    "modified_at" $bigint NOT NULL,
    "version" INTEGER NOT NULL,
    "origin" VARCHAR(64) NOT NULL,
    "extras" TEXT NOT NULL,
    "code" VARCHAR(64) NOT NULL,
    "code_key" VARCHAR(64) NOT NULL,
    "gift_card_id" INTEGER NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "paid" $bigint NOT NULL,
    "value" $bigint NOT NULL,
    "expires_on" VARCHAR(10) NOT NULL,
    "services" TEXT NOT NULL,
    "resources" TEXT NOT NULL
);

CREATE UNIQUE INDEX "gift_card_sold_code_key" ON "gift_card_sold" ("code_key");

CREATE INDEX "gift_card_sold_gift_card_id" ON "gift_card_sold" ("gift_card_id");

CREATE TABLE "gift_card_use" (
    "id" $bigserial NOT NULL PRIMARY KEY,
    "sold_id" INTEGER NOT NULL,
    "booking_id" $bigint NOT NULL,
    "amount" $bigint NOT NULL,
    "active" $bool NOT NULL
);

CREATE INDEX "gift_card_use_sold_id" ON "gift_card_use" ("sold_id");

CREATE INDEX "gift_card_use_booking_id" ON "gift_card_use" ("booking_id");

