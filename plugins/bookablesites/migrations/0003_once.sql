ALTER TABLE "bookablesites_delivery" ADD COLUMN "once" $bool NOT NULL DEFAULT $false
