/** Header names are lower-case; a repeated header's values are joined by `, `. */
export type Headers = Readonly<Record<string, string>>
