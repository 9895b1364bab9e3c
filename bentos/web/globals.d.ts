/** What browsers and the libraries that the page loads give, beyond what TypeScript knows. */

interface Window {
  /** Chromium only. */
  documentPictureInPicture?: {
    window: Window | null;
    requestWindow(options: { width: number; height: number }): Promise<Window>;
  };
}

interface MediaPipeHolistic {
  setOptions(options: object): void;
  onResults(take: (results: import("./skeleton.js").Results) => void): void;
  initialize(): Promise<void>;
  send(inputs: { image: HTMLVideoElement | HTMLCanvasElement }): Promise<void>;
  reset(): void;
}

/** MediaPipe's, from a script of its own. */
declare var Holistic: { new (options: { locateFile: (name: string) => string }): MediaPipeHolistic };
