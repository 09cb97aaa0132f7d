"""A PaliGemma of 300 thousand parameters with a Gemma-style tokenizer, made from its config: no weights are fetched.

It is random: what it says means nothing. What is tried with it is all around a model: loading, prompts, pictures,
quantisation, adapters, constrained decoding, serving. `python -m tests.tiny_models FOLDER` writes one.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from transformers import (
    GemmaConfig,
    PaliGemmaConfig,
    PaliGemmaForConditionalGeneration,
    PaliGemmaProcessor,
    PreTrainedTokenizerFast,
    SiglipImageProcessorPil,
    SiglipVisionConfig,
)

from agents.strategist.conditions import CONDITIONS, NOT
from agents.strategist.grammar import token
from agents.strategist.lark import combos
from agents.strategist.parse import KEYS
from agents.strategist.plan import STRATEGIES

#: Of the picture, in pixels: two by two patches of 14.
IMAGE_SIZE, PATCH = 28, 14

_SPECIAL = ("<pad>", "<eos>", "<bos>", "<unk>")

_BRACKETS = ("<seq>", "</seq>", "</if>", *(f"<if_{prefix}{name}>" for name in CONDITIONS for prefix in ("", NOT)))

#: What a server shows the model of a conversation: the picture where it stands, then the text.
_CHAT = (
    "{% for message in messages %}{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% else %}<image>{% endif %}{% endfor %}{% endif %}{% endfor %}"
)


def tokenizer(*, own_tokens: bool = True) -> PreTrainedTokenizerFast:
    """Return a tokenizer built as Gemma's: BPE with bytes to fall back on, `▁` for a space, a newline of its own.

    With its own tokens, the buttons of requirements C15.1 and C15.2 and the words of an answer's form are tokens, as
    they would be after a training for this; without them it spells, as one from a hub does.
    """
    pieces = [*_SPECIAL, "\n", *(f"<0x{byte:02X}>" for byte in range(256)), "▁"]
    pieces += [chr(code) for code in range(0x21, 0x7F)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    made = Tokenizer(BPE(vocabulary, [], unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    made.normalizer = normalizers.Replace(" ", "▁")
    made.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    made.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in _SPECIAL])
    words = (*(token(combo) for combo in combos()), *(f"{key}: " for key in KEYS), *STRATEGIES, *_BRACKETS)
    if own_tokens:
        made.add_tokens([AddedToken(word, normalized=False) for word in words])
    fast: Any = PreTrainedTokenizerFast  # without types, as some of what follows
    return fast(  # type: ignore[no-any-return]
        tokenizer_object=made, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>"
    )


def paligemma(folder: Path, seed: int = 0, *, own_tokens: bool = True) -> Path:
    """Write a tiny model with its processor to a folder; the same bytes for the same seed."""
    patches = (IMAGE_SIZE // PATCH) ** 2
    images: Any = SiglipImageProcessorPil(
        size={"height": IMAGE_SIZE, "width": IMAGE_SIZE}, image_mean=[0.5] * 3, image_std=[0.5] * 3
    )
    images.image_seq_length = patches
    make_processor: Any = PaliGemmaProcessor
    processor = make_processor(images, tokenizer(own_tokens=own_tokens), chat_template=_CHAT)
    vision = SiglipVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=IMAGE_SIZE,
        patch_size=PATCH,
        vision_use_head=False,
    )
    text = GemmaConfig(
        vocab_size=len(processor.tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        max_position_embeddings=2048,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )
    make_config: Any = PaliGemmaConfig
    config = make_config(
        vision_config=vision,
        text_config=text,
        image_token_index=processor.image_token_id,
        projection_dim=64,
        hidden_size=64,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )
    torch.manual_seed(seed)
    model = PaliGemmaForConditionalGeneration(config)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def lora(model_folder: Path, folder: Path, seed: int = 1) -> Path:
    """Write an adapter for a model: LoRA of requirement C14.8, its weights random so that it changes what is said."""
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415

    model = PaliGemmaForConditionalGeneration.from_pretrained(model_folder)
    config = LoraConfig(
        r=16,
        lora_alpha=32,
        lora_dropout=0.1,
        bias="none",
        task_type="CAUSAL_LM",
        target_modules=r"model\.language_model\.layers\.\d+\.(self_attn\.(q|k|v|o)_proj|mlp\.(gate|up|down)_proj)",
    )
    adapted = get_peft_model(model, config)
    torch.manual_seed(seed)
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.5)
    adapted.save_pretrained(str(folder))
    return folder


if __name__ == "__main__":
    print(paligemma(Path(sys.argv[1])))
