/** The messages of /live. Written by `python -m bentos.live.protocol`: change bentos/live/messages.py. */

/** Settings of the session, and the phrase to resume. Optional; must come before everything else. */
export interface Start {
  type: "start";
  /** width / height of the picture; null: about 4 / 3; 0.1 to 10 */
  aspect?: number | null;
  /** candidates of each sign; 1 to 10; 5 when left out */
  top_n?: number;
  /** a sign with a lower best score is not committed; null: the server's threshold; 0 to 1 */
  threshold?: number | null;
  /** whether the language model writes the English, where there is one; true when left out */
  english?: boolean;
  /** glosses to choose from; null: the operator's choice */
  vocabulary?: string[] | null;
  /** signs that the signer taught, to choose from as well */
  own_signs?: OwnSigns | null;
  /** whether landmarks of signs that this person corrects may be kept; false when left out */
  consent?: boolean;
  /** resume token of a lost session; at most 32768 characters */
  token?: string | null;
  /** API key, where English by a language model wants one; at most 256 characters */
  key?: string | null;
}

/** A person corrects a committed sign of this phrase or the one before, or says what an unsure one was. */
export interface Choose {
  type: "choose";
  /** number of the sign, rising through the session */
  sign: number;
  /** what the sign was, a gloss of the model or an own sign of this session; at most 64 characters */
  gloss: string;
}

/** End the phrase now instead of after a pause. */
export interface End {
  type: "end";
}

/** Drop the last sign of the phrase. */
export interface Undo {
  type: "undo";
}

/** Drop all signs of the phrase. */
export interface Clear {
  type: "clear";
}

/** Keep a session without frames from timing out. */
export interface Ping {
  type: "ping";
}

/** A sign that the signer taught. */
export interface OwnSign {
  /** what it means; a gloss of the model makes it a variant of that; at most 40 characters */
  name: string;
  /** its `embedding`s, as POST /embed gives them */
  takes: string[];
}

/** The signer's own signs, candidates beside the glosses that are chosen from. */
export interface OwnSigns {
  /** `space` as POST /embed gave it: takes of another one do not compare; at most 64 characters */
  space: string;
  signs: OwnSign[];
}

/** The session begins. */
export interface Ready {
  type: "ready";
  /** id of the session, as the server's log has it */
  session: string;
  /** whether the token's phrase goes on */
  resumed: boolean;
  /** signs of the phrase so far */
  phrase: PhraseSign[];
  /** name of the registered model */
  model: string;
  /** its version */
  version: string;
  /** how many glosses are chosen from */
  vocabulary: number;
  /** a sign with a lower best score is not committed */
  threshold: number;
  /** who writes the English */
  english: "llm" | "glosses";
  /** what this server keeps */
  feedback: "off" | "summaries" | "landmarks";
  /** resume token: the phrase as it is now, for `start` after a lost connection */
  token: string;
}

/** Hands came into the picture or left it. */
export interface Hands {
  type: "hands";
  /** whether the left hand is seen */
  left: boolean;
  /** whether the right hand is seen */
  right: boolean;
}

/** A sign is under way. */
export interface SignStarted {
  type: "sign_started";
  /** number of the sign, rising through the session */
  sign: number;
  /** ms of the client's clock */
  time: number;
}

/** What the sign under way may be; may change until it is committed. */
export interface Candidates {
  type: "candidates";
  /** number of the sign, rising through the session */
  sign: number;
  /** best first */
  candidates: Candidate[];
}

/** A sign is over and recognised; only a person's `choose` changes it afterwards. */
export interface Committed {
  type: "committed";
  /** number of the sign, rising through the session */
  sign: number;
  /** the likeliest gloss, or the one that a person chose */
  gloss: string;
  /** of that gloss */
  score: number;
  /** best first */
  candidates: Candidate[];
  /** ms of the client's clock */
  start: number;
  /** ms of the client's clock */
  end: number;
  /** resume token: the phrase as it is now, for `start` after a lost connection */
  token: string;
}

/** A sign repeats the one before and was merged with it. */
export interface Repeated {
  type: "repeated";
  /** number of the sign, rising through the session */
  sign: number;
  /** number of the sign before */
  of: number;
}

/** A movement is over that is no sign of the vocabulary. */
export interface NoSign {
  type: "none";
  /** number of the sign, rising through the session */
  sign: number;
  /** best score below the threshold, movement too short, or the model had no time */
  why: "unsure" | "too_short" | "busy";
  /** where there are any, best first */
  candidates?: Candidate[];
  /** ms of the client's clock */
  start: number;
  /** ms of the client's clock */
  end: number;
}

/** The phrase after a person chose, undid or cleared. */
export interface Phrase {
  type: "phrase";
  signs: PhraseSign[];
  /** resume token: the phrase as it is now, for `start` after a lost connection */
  token: string;
}

/** A phrase is over and put into English, or a person corrected it and it is put into English again. */
export interface English {
  type: "english";
  /** number of the phrase, rising through the session */
  phrase: number;
  text: string;
  /** whether the language model wrote it or the glosses stand in */
  source: "llm" | "glosses";
  /** the best of each sign */
  glosses: string[];
  /** false: the language model is late, its text follows */
  final: boolean;
  /** resume token: the phrase as it is now, for `start` after a lost connection */
  token: string;
}

/** Something is wrong. */
export interface Error {
  type: "error";
  /** a sentence that says what is wrong and what is right */
  error: string;
  /** whether the server closes the socket now */
  fatal: boolean;
}

/** A gloss that a sign may be. */
export interface Candidate {
  gloss: string;
  /** how likely it is that gloss, 0 to 1; 1 when a person chose it */
  score: number;
}

/** A sign of the phrase under way. */
export interface PhraseSign {
  /** number of the sign, rising through the session */
  sign: number;
  /** the likeliest gloss, or the one that a person chose */
  gloss: string;
  /** of that gloss */
  score: number;
  /** best first */
  candidates: Candidate[];
  /** ms of the client's clock */
  start: number;
  /** ms of the client's clock */
  end: number;
}

/** One sign of a clip. */
export interface SignPrediction {
  /** seconds from the first frame */
  start: number;
  end: number;
  /** whether the best is sure enough for a word */
  sure: boolean;
  /** best first */
  predictions: Candidate[];
}

/** Answer of /predict: of a clip of one sign, or, where `signs` was asked for, of each sign that it holds. */
export interface Predictions {
  /** best first */
  predictions?: Candidate[] | null;
  /** in order */
  signs?: SignPrediction[] | null;
  /** where left and right of the landmarks seem wrong: what is right */
  advice?: string | null;
}

/** Answer of /embed: where a clip of one sign lies among all signs, and what /predict says of it. */
export interface Embedded {
  /** best first */
  predictions: Candidate[];
  /** as of /predict */
  advice?: string | null;
  /** base64 of little-endian float16 numbers of unit length, for `own_signs` */
  embedding: string;
  /** which embeddings compare with it: those of the same space */
  space: string;
}

/** English and where it comes from. */
export interface Translation {
  text: string;
  source: "llm" | "glosses";
  glosses: string[];
}

/** How often a model is right on clips that it has not learnt from, all of its first `vocabulary` labels. */
export interface Accuracy {
  /** it chooses within so many labels, the first ones; ≥ 1 */
  vocabulary: number;
  part: "val" | "test";
  /** clips */
  n: number;
  top1: number;
  /** 95 % interval */
  top1_ci: [number, number];
  top5: number;
  /** 95 % interval */
  top5_ci: [number, number];
  /** 0-1, expected calibration error of the first guess */
  calibration_error?: number | null;
}

/** A version that does not serve. */
export interface Refusal {
  version: string;
  reason: string;
  /** ISO 8601, UTC */
  since: string;
}

/** The model that serves and what it can do. */
export interface Metadata {
  name: string;
  version: string;
  run_id: string;
  git_commit: string;
  data_version: string;
  /** where the version comes from: registry, base, bento or folder */
  source: string;
  labels: string[];
  /** labels chosen from where a client does not choose itself */
  vocabulary: string[];
  /** ASL, or drawn: movements for trying the machine; null: not known */
  language: string | null;
  /** data that the model was learnt from */
  learnt_from_source: string | null;
  accuracy: Accuracy[];
  /** frames at the model's rate that it looks at */
  max_frames: number;
  padding_value: number;
  num_landmarks: number;
  /** frames a second the model works at */
  frame_rate: number;
  /** frames that /predict takes at most */
  request_max_frames: number;
  translation: "llm" | "glosses";
  translation_model: string | null;
  network: string | null;
  /** whether this version takes signs that a signer taught */
  own_signs: boolean;
  /** of its embeddings, see /embed; null: it gives none */
  space: string | null;
  /** what this server keeps; see /live */
  feedback: "off" | "summaries" | "landmarks";
  metrics: object;
  /** something a person must settle, such as two versions marked Production */
  warning: string | null;
  /** versions refused since the one that is named last served */
  refused: Refusal[];
  /** when it was last known what should serve; ISO 8601, UTC */
  looked_at: string | null;
}

/** A gloss of the model and what it was learnt from; null: not known. */
export interface KnownGloss {
  gloss: string;
  clips: number | null;
  signers: number | null;
  /** whether GET /vocabulary/{gloss} has an example to draw */
  figure: boolean;
}

/** Answer of /vocabulary: all that the model knows, in the order of its labels. */
export interface Vocabulary {
  glosses: KnownGloss[];
}

export type ClientMessage = Start | Choose | End | Undo | Clear | Ping;

export type ServerEvent = Ready | Hands | SignStarted | Candidates | Committed | Repeated | NoSign | Phrase | English | Error;
