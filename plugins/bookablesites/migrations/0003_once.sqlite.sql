ALTER TABLE "bookablesites_delivery" ADD COLUMN "once" INTEGER NOT NULL DEFAULT 0
