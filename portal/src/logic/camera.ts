/** The browser's own reader of codes (Chrome on Android and on some desks); TypeScript does not know it. */
interface CodeReader {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>
}

declare global {
  interface Window {
    BarcodeDetector?: new (options: { formats: string[] }) => CodeReader
  }
}

/** Whether a QR code can be read with the camera here. */
export function canScan(): boolean {
  return typeof window.BarcodeDetector === 'function' && typeof navigator.mediaDevices?.getUserMedia === 'function'
}

const LOOK_MS = 200

/** Looks until a code is seen. Calls `found` once; the returned function stops, and frees the camera. */
export async function scan(video: HTMLVideoElement, found: (code: string) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  const reader = new window.BarcodeDetector!({ formats: ['qr_code'] })
  let stopped = false

  function stop(): void {
    stopped = true
    stream.getTracks().forEach((track) => track.stop())
  }

  async function look(): Promise<void> {
    if (stopped) return
    const [code] = video.readyState >= 2 ? await reader.detect(video) : []
    if (stopped) return
    if (code?.rawValue) {
      stop()
      found(code.rawValue)
    } else {
      setTimeout(() => void look(), LOOK_MS)
    }
  }

  video.srcObject = stream
  await video.play()
  void look()
  return stop
}
