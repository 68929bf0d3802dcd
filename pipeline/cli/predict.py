import argparse

from truemorph.cli.options import add_config, anywhere, config_of, filled, local
from truemorph.components.errors import InputError
from truemorph.terminal import show

HELP = "classify images or a dataset"
EXAMPLE = "--model run/serving --images images --out p.csv"


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", type=local, metavar="DIR", help="serving/ of a run, or one folder of its models/")
    pictures = command.add_mutually_exclusive_group()
    pictures.add_argument(
        "--images", type=filled, metavar="DIR", help="folder, .zip, or URL such as gs://bucket/images"
    )
    pictures.add_argument("--examples", type=local, metavar="DIR", help="dataset made by `truemorph ingest` or `run`")
    told = "file for the answers: .parquet, .csv, .fits, .vot or .ecsv; or a URL such as s3://bucket/p.csv"
    command.add_argument("--out", type=anywhere, required=True, metavar="FILE", help=told)
    command.add_argument(
        "--symmetries",
        type=int,
        choices=range(1, 9),
        metavar="N",
        help="average over N of the 8 ways to turn and mirror an image, at N times the work (default: the model's own)",
    )
    shards = command.add_mutually_exclusive_group()
    shards.add_argument("--shard", type=_shard, metavar="I/N", help="do part I of N, for jobs that share a disk")
    shards.add_argument("--merge", action="store_true", help="put the finished shards of --out together")
    add_config(command, "beam.")


def _shard(text: str) -> tuple[int, int]:
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"received {text}; give I/N with I from 1 to N, such as 1/4")
    return int(number), int(count)


def run(parsed: argparse.Namespace) -> None:
    from truemorph.calls import in_words
    from truemorph.components.buckets.copies import delivered
    from truemorph.components.bulk_inferrer.predict import merge, predict
    from truemorph.components.catalogue.writers import METADATA
    from truemorph.components.engines.runners import Engine

    given = parsed.images or parsed.examples
    if parsed.merge and (parsed.model or given or parsed.symmetries):
        raise InputError("--merge: only takes --out; the shards know the rest")
    if not parsed.merge and (parsed.model is None or given is None):
        raise InputError("--model, and --images or --examples: both are needed, except with --merge")
    with delivered(parsed.out, [METADATA]) as out:
        if parsed.merge:
            counts = merge(out)
        else:
            beam = config_of(parsed).beam
            engine = Engine(beam.runner, beam.workers, beam.options)
            counts = predict(parsed.model, parsed.images, out, parsed.examples, parsed.shard, engine, parsed.symmetries)
    if parsed.shard:
        told = f"shard {parsed.shard[0]}/{parsed.shard[1]} is done; when all are, give --out with --merge"
    else:
        told = in_words(counts)
    show(parsed, {"out": str(parsed.out), **counts}, f"{parsed.out}: {told}")
