export {
  applyDecoder,
  decoderLoss,
  initDecoder,
  scoreTokens,
  type DecoderBlockParameters,
  type DecoderConfig,
  type DecoderOptions,
  type DecoderParameters,
  type DecoderResult,
} from './decoder.ts';
export {
  applyUnet,
  initUnet,
  sinusoids,
  type ResidualBlockParameters,
  type UnetConfig,
  type UnetParameters,
} from './unet.ts';
