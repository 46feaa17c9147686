// The sizes that Ideogram draws.

export interface Size {
  width: number
  height: number
}

function listed(text: string): ReadonlyMap<string, Size> {
  return new Map(text.split(/\s+/).map((name) => [name, sizeOf(name)]))
}

function sizeOf(name: string): Size {
  const [width = 0, height = 0] = name.split('x').map(Number)
  return { width, height }
}

/** Those of 3.0, by name. */
export const sizesOf3 = listed(
  `512x1536 576x1408 576x1472 576x1536 640x1344 640x1408 640x1472 640x1536 704x1152 704x1216 704x1280
704x1344 704x1408 704x1472 736x1312 768x1088 768x1216 768x1280 768x1344 800x1280 832x960 832x1024
832x1088 832x1152 832x1216 832x1248 864x1152 896x960 896x1024 896x1088 896x1120 896x1152 960x832
960x896 960x1024 960x1088 1024x832 1024x896 1024x960 1024x1024 1088x768 1088x832 1088x896 1088x960
1120x896 1152x704 1152x832 1152x864 1152x896 1216x704 1216x768 1216x832 1248x832 1280x704 1280x768
1280x800 1312x736 1344x640 1344x704 1344x768 1408x576 1408x640 1408x704 1472x576 1472x640 1472x704
1536x512 1536x576 1536x640`,
)

/** Those of 4.x, by name. */
export const sizesOf4 = listed(
  `2048x2048 1440x2880 2880x1440 1664x2496 2496x1664 1792x2240 2240x1792 1440x2560 2560x1440 1600x2560
2560x1600 1728x2304 2304x1728 1296x3168 3168x1296 1152x2944 2944x1152 1248x3328 3328x1248 1280x3072
3072x1280`,
)

const ratioNames = '1x1 1x2 2x1 1x3 3x1 2x3 3x2 3x4 4x3 4x5 5x4 9x16 16x9 10x16 16x10'.split(' ')

/** The ratios of 3.0, each as the listed size that is closest to it. */
export const sizesOfRatios: ReadonlyMap<string, Size> = new Map(
  ratioNames.map((name) => [name, closestTo(sizeOf(name))]),
)

function closestTo(ratio: Size): Size {
  const wanted = Math.log(ratio.width / ratio.height)
  const distance = ({ width, height }: Size) => Math.abs(Math.log(width / height) - wanted)
  return [...sizesOf3.values()].reduce((best, size) =>
    distance(size) < distance(best) ? size : best,
  )
}
