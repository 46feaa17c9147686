CREATE TABLE `stored_answers` (
	`account_id` text NOT NULL,
	`id` text NOT NULL,
	`previous_id` text,
	`provider` text,
	`credential_id` text,
	`sealed` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `id`),
	CONSTRAINT "stored_answers_texts" CHECK(account_id <> '' and id <> ''),
	CONSTRAINT "stored_answers_kind" CHECK((provider is null) = (credential_id is null) and (provider is null) <> (sealed is null))
) STRICT;
--> statement-breakpoint
CREATE INDEX `stored_answers_expiry` ON `stored_answers` (`expires_at`);