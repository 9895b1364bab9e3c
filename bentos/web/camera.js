/** The camera as a source of frames. Pictures stay in this document: only landmarks leave it. */

const WANTED = { video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } } };
const KINDS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "no-camera",
  OverconstrainedError: "no-camera",
  NotReadableError: "camera-busy",
  AbortError: "camera-busy",
};

/** The camera cannot be had; `kind` names the state that the page shows. */
export class CameraError extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

export class Camera {
  #stream = null;
  #running = false;
  #busy = false;

  /**
   * @param {HTMLVideoElement} video shows the picture.
   * @param {(video: HTMLVideoElement, milliseconds: number) => Promise<void>} onFrame is given the newest frame; frames
   *   that come while it works are dropped.
   * @param {(error: Error|null) => void} onEnd the camera was taken away, or a frame failed.
   */
  constructor(video, onFrame, onEnd) {
    this.video = video;
    this.onFrame = onFrame;
    this.onEnd = onEnd;
    this.dropped = 0;
  }

  get aspect() {
    return this.video.videoWidth / this.video.videoHeight;
  }

  /** Ask for the camera and show it. */
  async open() {
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraError("insecure");
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia(WANTED);
    } catch (error) {
      throw new CameraError(KINDS[error.name] ?? "no-camera");
    }
    this.#stream.getVideoTracks()[0].onended = () => this.#end(new CameraError("camera-gone"));
    this.video.srcObject = this.#stream;
    await this.video.play();
  }

  /** Hand out frames from here on. */
  run() {
    this.#running = true;
    this.#next();
  }

  /** Let go of the camera: its light goes out. */
  stop() {
    this.#running = false;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  #next() {
    const { video } = this;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback((now) => this.#tick(now));
    else requestAnimationFrame((now) => this.#tick(now));
  }

  async #tick(now) {
    if (!this.#running) return;
    this.#next();
    if (this.#busy) {
      this.dropped++;
      return;
    }
    this.#busy = true;
    try {
      await this.onFrame(this.video, now);
    } catch (error) {
      this.#end(error);
    } finally {
      this.#busy = false;
    }
  }

  #end(error) {
    if (!this.#running) return;
    this.stop();
    this.onEnd(error);
  }
}
