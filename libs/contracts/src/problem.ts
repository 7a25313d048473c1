/**
 * Answers to bad input and unlawful wishes, as RFC 9457 problem documents.
 * Chinese stands in the standard members, English in `en`.
 */

/** A rule of a legal text as it stands in the pack that judged. */
export interface Citation {
  /** Catalogue id, e.g. `GZ-TR7`. */
  rule: string;
  /** Pack that judged, e.g. `guizhou-2014`. */
  pack: string;
  /** Title of the legal text. */
  document: string;
  /** Article in the text's own numbering, e.g. `第16条 二2`. */
  article: string;
}

export interface Text {
  zh: string;
  en: string;
}

/** One thing wrong with one field, row or precondition. */
export interface ProblemItem {
  /** Path of the field (`student.idNumber`), or the header of the column. */
  field?: string;
  /** Row of the workbook as the user sees it, 1-based. */
  row?: number;
  /** Stable slug, e.g. `check-digit`. */
  code: string;
  message: Text;
  /** What to do. */
  remedy?: Text;
  citation?: Citation;
  /** Facts that decided, safe to show to the one who asked. */
  facts?: Record<string, unknown>;
}

/** RFC 9457 document as it leaves a service. `type` is `urn:xueji:problem:<slug>`. */
export interface ProblemDocument {
  type: string;
  status: number;
  title: string;
  detail: string;
  remedy: string;
  en: { title: string; detail: string; remedy: string };
  citation?: Citation;
  facts?: Record<string, unknown>;
  items?: ProblemItem[];
  /** Correlation id of the request; an operator finds the log line by it. */
  instance?: string;
}
