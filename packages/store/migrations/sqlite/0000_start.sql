CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`source` text NOT NULL,
	`digest` text NOT NULL,
	`prefix` text NOT NULL,
	`models` text,
	`loopback_only` integer NOT NULL,
	`admin` integer NOT NULL,
	`enabled` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer,
	CONSTRAINT "api_keys_texts" CHECK(id <> '' and account_id <> '' and length(digest) = 64),
	CONSTRAINT "api_keys_source" CHECK(source in ('created', 'file', 'environment', 'demo')),
	CONSTRAINT "api_keys_flags" CHECK(loopback_only in (0, 1) and admin in (0, 1) and enabled in (0, 1)),
	CONSTRAINT "api_keys_models" CHECK(models is null or json_valid(models))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_digest` ON `api_keys` (`digest`) WHERE enabled = 1;--> statement-breakpoint
CREATE INDEX `api_keys_account` ON `api_keys` (`account_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `requests` (
	`id` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL,
	`account_id` text NOT NULL,
	`key_id` text NOT NULL,
	`operation` text NOT NULL,
	`dialect` text NOT NULL,
	`requested_model` text NOT NULL,
	`provider` text,
	`model` text,
	`credential_id` text,
	`lane` text,
	`stream` integer NOT NULL,
	`status` integer NOT NULL,
	`error_code` text,
	`attempts` text NOT NULL,
	`dropped` text,
	`first_event_ms` real,
	`duration_ms` real NOT NULL,
	`input_tokens` integer NOT NULL,
	`cache_read_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`reasoning_tokens` integer NOT NULL,
	`images` integer NOT NULL,
	`usage_details` text,
	`service_tier` text,
	`provider_cost_nano_usd` integer,
	`estimated` integer NOT NULL,
	CONSTRAINT "requests_texts" CHECK(id <> '' and account_id <> ''),
	CONSTRAINT "requests_status" CHECK(status between 100 and 599),
	CONSTRAINT "requests_lane" CHECK(lane is null or lane in ('relay', 'translate')),
	CONSTRAINT "requests_flags" CHECK(stream in (0, 1) and estimated in (0, 1)),
	CONSTRAINT "requests_json" CHECK(json_valid(attempts) and (dropped is null or json_valid(dropped)) and (usage_details is null or json_valid(usage_details))),
	CONSTRAINT "requests_usage" CHECK(min(input_tokens, cache_read_tokens, output_tokens, reasoning_tokens, images) >= 0)
) STRICT;
--> statement-breakpoint
CREATE INDEX `requests_account` ON `requests` (`account_id`,`id`);--> statement-breakpoint
CREATE TABLE `settings` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`updated_at` integer NOT NULL,
	CONSTRAINT "settings_value" CHECK(json_valid(value))
) STRICT;
