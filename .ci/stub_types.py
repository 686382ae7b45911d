"""What the stubs say besides what the library itself tells: see stubs.py.

Each table is {what it says: names}. A name means the same in all functions, methods and classes;
"f.x" is an exception: x of the function, method or class f.
"""

# Names without an underscore that are not for users
NOT_FOR_USERS = """
    GradientHooks SpectralNorm calls_of_modules check_replacement fans find_library folded
    function graph_behind lines_of missing multiply_adds nccl norm_of_gradients pictures
    print_table run_layers unit Function.release ImageFolder.check
    RandomResizedCrop.piece
"""

# The types of parameters. One that is not here has the type of its default value, and a default of
# None adds "| None".
PARAMETERS = {
    "Tensor": """
        input self tensor condition mask target grad gradient mat2 gather.index index_select.index
        end weight bias running_mean running_var pos_weight view_as.other reshape_as.other
        copy_.other expand_as.other output all_reduce.x Parameter.data
        TensorDataset.tensors Optimizer.update.p Optimizer.history.p
    """,
    "Tensor | float": "other exponent min max value lerp.weight where.input metrics",
    "Tensor | Sequence[Tensor]": """
        outputs inputs make_grid.tensor save_image.tensor backward.tensors
    """,
    "Tensor | Sequence[Tensor | None]": "grad_outputs grad_tensors",
    "Tensor | Sequence[int]": "activations.inputs summary.inputs",
    "Tensor | Iterable[Tensor]": "parameters",
    "Iterable[Tensor]": "tensors",
    "Iterable[Tensor] | Iterable[dict[str, Any]]": "params",
    "dict[str, Tensor] | Iterable[tuple[str, Tensor]]": "draw_graph.params print_graph.params",
    "Tensor | None": "register_buffer.tensor",
    "Parameter | None": "param",
    "bool": """
        align_corners copy recompute_scale_factor enabled retain_graph set_detect_anomaly.mode
        Linear.bias Conv2d.bias ConvTranspose2d.bias
    """,
    "int": """
        dim dim0 dim1 start length chunks high low epoch depth divisor_override rank
        num_replicas num_embeddings embedding_dim num_features num_groups num_channels in_channels
        out_channels in_features out_features step_size seed upscale_factor prefetch_factor
        device.index select.index
    """,
    "int | Sequence[int]": """
        kernel_size stride padding output_padding dilation size shape dims axes repeats milestones
        split_size_or_sections sum.dim mean.dim prod.dim var.dim std.dim norm.dim amax.dim amin.dim
        any.dim all.dim logsumexp.dim squeeze.dim
    """,
    "int | Sequence[int] | str": "Conv2d.padding conv2d.padding",
    "int | Sequence[int | None]": "output_size",
    "Sequence[int]": "pad sizes unflattened_size indices SequentialLR.milestones",
    "Iterable[int]": "sampler",
    "Iterable[Sequence[int]]": "batch_sampler",
    "float": """
        add.alpha sub.alpha a correction eps gamma T_max fill_value val max_norm min_lr
        brightness contrast saturation hue factor momentum dampening weight_decay
        base calculate_gain.param ConstantPad2d.value pad.value mean std gradgradcheck.options
    """,
    "float | str": "norm.p",
    "float | Sequence[float]": "scale_factor Normalize.mean Normalize.std",
    "Sequence[float]": "lengths",
    "tuple[float, float]": "betas scale ratio value_range",
    "str": "name names format checksum nonlinearity",
    "str | os.PathLike[str]": "path root",
    "Sequence[str]": "urls",
    'Literal["none", "mean", "sum"]': "reduction",
    'Literal["none", "tanh"]': "approximate",
    'Literal["zeros"]': "padding_mode",
    'Literal["trunc", "floor"]': "rounding_mode",
    "_Device | str": "device",
    "DTypeLike": "dtype",
    "Generator": "generator",
    "Image.Image": "image",
    "Image.Resampling": "interpolation",
    "Module": "layer module net average_buffers.modules broadcast.modules",
    "Module | dict[str, Module]": "Sequential.modules",
    "Iterable[Module]": "modules",
    "set[Module]": "memo",
    "Optimizer": "optimizer",
    "Sequence[LRScheduler]": "schedulers",
    "Callable[[int], float] | Sequence[Callable[[int], float]]": "lr_lambda",
    "Callable[[Module], Any]": "apply.fn",
    "Callable[[], Any]": "closure",
    "Callable[[Any], Any]": "transform target_transform collate_fn",
    "Iterable[Callable[[Any], Any]]": "transforms",
    "Callable[..., Any]": "fn function hook hooks",
    "dict[str, Any]": "state_dict state group param_group defaults",
    "Any": """
        args kwargs exception save_image.options index value data array dataset items obj
        file fp boxes arrows check_equal.values all_gather_object.value
    """,
}

# The types of attributes. One that is not here has the type of the constructor's argument, or Any.
ATTRIBUTES = {
    "Tensor": "T mT data TensorDataset.tensors",
    "Tensor | None": """
        grad BatchNorm1d.running_mean BatchNorm1d.running_var BatchNorm1d.num_batches_tracked
        BatchNorm2d.running_mean BatchNorm2d.running_var BatchNorm2d.num_batches_tracked
        InstanceNorm2d.running_mean InstanceNorm2d.running_var InstanceNorm2d.num_batches_tracked
    """,
    "Parameter": """
        Linear.weight Conv2d.weight ConvTranspose2d.weight Embedding.weight PReLU.weight
    """,
    "Parameter | None": """
        Linear.bias Conv2d.bias ConvTranspose2d.bias GroupNorm.weight GroupNorm.bias
        BatchNorm1d.weight BatchNorm1d.bias BatchNorm2d.weight BatchNorm2d.bias
        InstanceNorm2d.weight InstanceNorm2d.bias
    """,
    "tuple[int, ...]": "shape",
    "tuple[int, int]": """
        Conv2d.kernel_size Conv2d.stride Conv2d.dilation ConvTranspose2d.kernel_size
        ConvTranspose2d.stride ConvTranspose2d.dilation
    """,
    "int": "ndim DType.itemsize",
    "int | None": "Device.index",
    "str": "Device.type DType.name DType.kind",
    "_Device": "Tensor.device",
    "bool": "is_cuda is_leaf requires_grad training DType.is_floating_point",
    "_DType": "Tensor.dtype",
    "np.dtype[Any]": "DType.dtype",
}

# What functions return. What is not here returns None if it has no return statement; otherwise a
# Tensor, if it belongs to one of the modules in OF_TENSORS or runs a layer.
OF_TENSORS = {f"tinygrad_cv{name}" for name in ("", ".tensor", ".nn.functional", ".nn.init")}
RETURNS = {
    "bool": """
        equal allclose is_floating_point is_contiguous is_grad_enabled is_anomaly_enabled
        is_available __bool__ __contains__ gradcheck gradgradcheck
    """,
    "int": """
        numel nelement Tensor.dim device_count get_rank get_world_size __int__ __index__ __len__
    """,
    "float": "__float__ calculate_gain",
    "float | Any": "item",
    "list[float]": "get_lr get_last_lr rates",
    "str": "extra_repr name mermaid Graph.dot download",
    "bytes": "render",
    "tuple[Tensor, ...]": "split chunk unbind",
    "tuple[Any, ...]": "grad",
    "list[Any]": "saved history",
    "list[Subset]": "random_split",
    "np.ndarray": "Tensor.numpy __array__ normal uniform",
    "np.random.Generator": "rng",
    "_DType": "get_default_dtype",
    "Self": """
        Module.requires_grad_ apply train eval Module.to Module.cuda Module.cpu Module.float
        Module.double append extend ModuleList.__iadd__ __enter__
    """,
    "Iterator[Tensor]": "Tensor.__iter__ buffers",
    "Iterator[Parameter]": "Module.parameters",
    "Iterator[Module]": "modules children Sequential.__iter__ ModuleList.__iter__",
    "Iterator[tuple[str, Tensor]]": "named_buffers",
    "Iterator[tuple[str, Parameter]]": "named_parameters",
    "Iterator[tuple[str, Module]]": "named_modules named_children",
    "HookHandle": """
        register_hook register_forward_hook register_forward_pre_hook register_full_backward_hook
    """,
    "set_detect_anomaly": "detect_anomaly",
    "Image.Image": "activations filters",
    "Iterator[Any]": "DataLoader.__iter__",
    "Iterator[int]": "DistributedSampler.__iter__",
    "Tensor": "make_grid clip_grad_norm_ Tensor.__getitem__",
    "Generator": "manual_seed",
    "Module": "spectral_norm",
    "Callable[..., Any]": "Lambda",
    "AbstractContextManager[None]": "end_together",
    "None": "all_reduce init_process_group",
    "Graph": "draw_graph",
    "dict[str, Tensor]": "Module.state_dict",
    "dict[str, Any]": "state_dict get_rng_state get_state",
    "Any": """
        __getitem__ step load tolist all_gather_object default_collate load_state_dict
    """,
}

# Whole signatures. A name in several entries is overloaded; a method's `input` becomes `self`.
CREATION = (
    "dtype: DTypeLike | None = None, device: _Device | str | None = None, "
    "requires_grad: bool = False"
)
DRAWING = f"generator: Generator | None = None, {CREATION}"
FREELY = "(self, *args: Any, **kwargs: Any) -> Any"
SIGNATURES = {
    f"(*size: int | Sequence[int], {CREATION}) -> Tensor": "zeros ones",
    f"(*, size: int | Sequence[int], {CREATION}) -> Tensor": "zeros ones",
    f"(*size: int | Sequence[int], {DRAWING}) -> Tensor": "rand randn",
    f"(*, size: int | Sequence[int], {DRAWING}) -> Tensor": "rand randn",
    f"(input: Tensor, *, {CREATION}) -> Tensor": "zeros_like ones_like",
    f"(input: Tensor, *, {DRAWING}) -> Tensor": "rand_like randn_like",
    f"(input: Tensor, fill_value: float, *, {CREATION}) -> Tensor": "full_like",
    f"(self, *size: int | Sequence[int], {CREATION}) -> Tensor": "new_zeros new_ones new_empty",
    f"(self, size: int | Sequence[int], fill_value: float, *, {CREATION}) -> Tensor": "new_full",
    f"(self, data: Any, *, {CREATION}) -> Tensor": "new_tensor",
    f"(n: int, m: int | None = None, *, {CREATION}) -> Tensor": "eye",
    f"(end: float, *, {CREATION}) -> Tensor": "arange",
    f"(start: float, end: float, step: float = 1, *, {CREATION}) -> Tensor": "arange",
    f"(start: float, end: float, steps: int, *, {CREATION}) -> Tensor": "linspace",
    f"(n: int, *, {DRAWING}) -> Tensor": "randperm",
    f"(mean: float, std: float, size: int | Sequence[int], *, {DRAWING}) -> Tensor": "normal",
    f"(mean: Tensor | float = 0.0, std: Tensor | float = 1.0, *, {DRAWING}) -> Tensor": "normal",
    "(input: Tensor) -> Tensor": "max min",
    "(input: Tensor, dim: int, keepdim: bool = False) -> ValuesIndices": "max min",
    "(input: Tensor, other: Tensor) -> Tensor": "max min",
    "(self) -> tuple[int, ...]": "Tensor.size",
    "(self, dim: int) -> int": "Tensor.size",
    "(self, other: object) -> bool": "device.__eq__ dtype.__eq__",
    "(x: Any) -> TypeIs[Tensor]": "is_tensor",
    "(function: F) -> F": "no_grad enable_grad",
    "(function: None = None) -> GradMode": "no_grad enable_grad",
    "(mode: bool = True) -> GradMode": "inference_mode",
    "(self, function: F) -> F": "GradMode.__call__",
    FREELY: "Module.forward Module.__call__ Function.forward",
}

# Methods that differ from their base class's more than checkers allow
DIFFERENT = "Tensor.__eq__ Tensor.__ne__ ReduceLROnPlateau.step"
